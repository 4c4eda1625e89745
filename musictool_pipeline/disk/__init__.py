"""Files, locks and processes of this machine: how anything is kept, whatever it says."""
