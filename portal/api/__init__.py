"""The door for companies' own programs: /api/v1/. What is behind it stands in distribution and documents."""
