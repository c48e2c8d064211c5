// What all pools share: the loops, the way to the warden, where artifacts lie, who hears log lines. And what the pools
// of one loop share.
//
// Thread: made on the home loop before any call; `sides[i]` and what it holds belongs to loop i, the rest to the home
//         loop unless it says otherwise.
// Owner:  Runtime.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "loader/deployment.h"
#include "runtime/base/header_field.h"
#include "runtime/base/log.h"
#include "runtime/base/secret_text.h"
#include "runtime/loop/loop.h"
#include "runtime/sandbox/host/instance.h"
#include "runtime/sandbox/host/warden_link.h"

namespace sojourn {

class BrokerLink;
class TemplateHome;

// One line of a function's log.
struct PoolLine {
  const Version* version;
  std::string_view call_id;
  std::uint32_t level;  // SJ_DEBUG ... SJ_ERROR
  std::string_view stream;
  std::string_view text;
  std::span<const HeaderField> fields;
};

struct LoopSide {
  Loop* loop = nullptr;
  std::size_t index = 0;
  InstanceScratch scratch;
};

struct PoolWorld {
  std::vector<std::unique_ptr<LoopSide>> sides;  // the first is the home loop's
  WardenLink* warden = nullptr;
  BrokerLink* broker = nullptr;
  std::function<Result<FileIdentity>(const Digest&)> artifact;
  std::function<Result<FileIdentity>(const Digest&, std::uint32_t copy)> artifact_copy;
  std::function<Result<SecretTexts>(const Version&)> secrets;  // that its configuration names; any loop
  std::function<void(const PoolLine&)> on_line;                // any loop
  const Log* log = nullptr;
  std::size_t templates_max = 1000;

  std::uint64_t next_template = 1;
  std::vector<TemplateHome*> homes;  // those with a template, or making one

  Loop& home() const { return *sides.front()->loop; }
};

}  // namespace sojourn
