#include <sojourn/function.h>

static void prepare(sojourn::StartContext& context) {
  context.log().info("init");
  if (context.env("REFUSE")) throw sojourn::Error(422, "this deploy is refused");
}
SOJOURN_INIT(prepare)
