// The name by which a webhook's request is recognised when it comes again under another id. Whoever has read one
// genuine request can send it again, and where the sender signs the body alone, with another id beside it: so what was
// signed is remembered too, the body and the time of signing where there is one. Nothing where the id itself is signed
// (stripe, slack, standard-webhooks), nor where there is nothing to copy a signature from (bearer, none).
//
// Thread: any; a pure function.
#pragma once

#include <vector>

#include "gateway/hooks/hook_event.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

// To stand beside (source, id); empty where there is none, or the pipeline does not look for duplicates.
std::vector<DedupeKey> replay_keys(const WebhookTrigger& hook, const Pipeline& pipeline, const HookMessage& message);

}  // namespace sojourn
