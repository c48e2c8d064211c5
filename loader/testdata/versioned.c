/* A library with versioned symbols; the .map beside it says which versions. */
int sojourn_versioned(void);
int sojourn_versioned(void) {
  return 0;
}
