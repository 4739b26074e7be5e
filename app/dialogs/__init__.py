"""Windows that ask. Each returns a frozen dataclass of choices, or ``None``, and changes nothing itself."""
