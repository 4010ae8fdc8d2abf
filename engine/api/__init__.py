"""The engine as Python people call it: tables and dicts in, tables out."""
