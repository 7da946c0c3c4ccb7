"""Monthly settlement in lists, forms, tables, documents and pages."""
