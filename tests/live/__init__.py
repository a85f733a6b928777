"""Laws about other libraries that may be installed: one module each."""
