// Says which build it is; the build makes it twice, with ANSWER "one" and "two".
#include <sojourn/function.h>

sojourn::Response versioned(const sojourn::Request&, sojourn::Context& context) {
  return sojourn::Response::text(std::string(ANSWER) + " " + std::to_string(context.version()) + "\n");
}
SOJOURN_FUNCTION(versioned)
