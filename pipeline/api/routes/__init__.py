"""The routes of the API: parse, call the workbench, present."""
