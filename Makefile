# Front door. Each target installs what is missing, builds, and says what it does.
