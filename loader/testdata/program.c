/* A program, where a shared object is expected. */
int main(void) {
  return 0;
}
