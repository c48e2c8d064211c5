#include "act.h"
ACT(return_without_reply) {}
