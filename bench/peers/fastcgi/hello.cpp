// The same six bytes by FastCGI.
#include <fcgiapp.h>

int main() {
  FCGX_Init();
  FCGX_Request request;
  FCGX_InitRequest(&request, 0, 0);
  while (FCGX_Accept_r(&request) == 0) {
    FCGX_FPrintF(request.out, "Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n");
    FCGX_Finish_r(&request);
  }
}
