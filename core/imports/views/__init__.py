"""The pages of an import: upload, watch, look at the plan, confirm, undo."""
