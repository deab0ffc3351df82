"""Stores on other hosts, by the user's own ssh: `gitblob serve-store` there, else its SFTP server."""
