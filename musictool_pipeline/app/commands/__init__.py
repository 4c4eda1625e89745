"""The commands, by the groups in which `musictool` alone lists them: names, flags, help, and which
module of `app` each runs. That module is imported when the command is called."""
