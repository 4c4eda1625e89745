"""Files, locks and processes of this machine: how any content is kept."""
