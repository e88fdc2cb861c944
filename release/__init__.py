"""Makes a release of this repository: one version for everything, and the changes since the last one."""
