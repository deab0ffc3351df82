"""Real servers on free loopback ports with throwaway credentials, one module each."""
