"""The laws of a plug-in: what every record must keep to, checked on markets of every kind."""
