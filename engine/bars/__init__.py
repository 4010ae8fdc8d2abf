"""Files in: checked, frozen arrays out."""
