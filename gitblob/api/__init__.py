"""What `import gitblob` offers; each name is loaded when it is first used (`gitblob help api`)."""
