"""What a new report or a new measure begins with: text that runs at once, to be changed."""
