"""Clean, smudge and late materialisation: what git runs."""
