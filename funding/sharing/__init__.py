"""Cost-sharing rules in lists, forms, tables and pages."""
