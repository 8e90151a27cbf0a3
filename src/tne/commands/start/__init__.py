"""What a workspace of one's own begins with: its settings, hand-written tables, and how its exports are read."""
