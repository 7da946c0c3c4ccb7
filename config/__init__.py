"""Wiring of the portal: settings, addresses, processes and engines. Imported by nobody."""
