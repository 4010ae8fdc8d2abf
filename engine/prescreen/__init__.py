"""Gates, sentinels and the bound → may_enter → candidates → windows."""
