"""The lab that is up: its instances and their health, its lab file, its status, its benchmark."""
