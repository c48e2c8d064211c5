#include "gateway/log_store.h"

#include <algorithm>

namespace sojourn {
namespace {

bool passes(const LogFilter& filter, int version, std::string_view call_id) {
  if (filter.version != 0 && filter.version != version) return false;
  return filter.call_id.empty() || filter.call_id == call_id;
}

void append_member(std::string& out, std::string_view key, std::string_view value) {
  out += ",\"";
  append_json_escaped(out, key);
  out += "\":\"";
  append_json_escaped(out, value);
  out += '"';
}

std::string to_json(const LogEntry& entry) {
  std::string line = "{\"time\":\"" + timestamp(entry.time) + '"';
  append_member(line, "level", name(entry.level));
  append_member(line, "stream", entry.stream);
  line += ",\"version\":" + std::to_string(entry.version);
  append_member(line, "callId", entry.call_id);
  append_member(line, "text", entry.text.substr(0, kLogTextMax));
  if (!entry.fields.empty()) {
    std::string fields;
    for (const HeaderField& field : entry.fields) {
      if (fields.size() > kLogTextMax) break;
      append_member(fields, field.name, field.value.substr(0, kLogTextMax));
    }
    line += ",\"fields\":{" + fields.substr(1) + "}";
  }
  line += "}\n";
  return line;
}

}  // namespace

std::string LogFollower::take() {
  const std::lock_guard lock(mutex_);
  std::string lines = std::move(waiting_);
  waiting_.clear();
  if (dropped_ > 0) lines += "{\"dropped\":" + std::to_string(dropped_) + "}\n";
  dropped_ = 0;
  return lines;
}

void LogFollower::offer(const std::string& line) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = waiting_.empty() && dropped_ == 0;
    if (waiting_.size() + line.size() > kFollowerBytesMax) {
      ++dropped_;
    } else {
      waiting_ += line;
    }
  }
  if (was_empty) wake_();
}

void LogStore::append(const LogEntry& entry) {
  Line line{to_json(entry), std::string(entry.call_id), entry.version};
  const std::lock_guard lock(mutex_);
  Ring& ring = ring_of(entry.function);
  std::erase_if(ring.followers, [](const auto& follower) { return follower.expired(); });
  for (const auto& weak : ring.followers) {
    const auto follower = weak.lock();
    if (follower && passes(follower->filter_, line.version, line.call_id)) follower->offer(line.json);
  }
  keep(ring, std::move(line));
  make_room();
}

LogStore::Ring& LogStore::ring_of(std::string_view function) {
  const auto found = by_function_.find(function);
  if (found != by_function_.end()) {
    rings_.splice(rings_.end(), rings_, found->second);
    return *found->second;
  }
  rings_.push_back(Ring{std::string(function), {}, 0, {}});
  by_function_.emplace(function, std::prev(rings_.end()));
  return rings_.back();
}

void LogStore::keep(Ring& ring, Line line) {
  ring.bytes += line.json.size();
  bytes_ += line.json.size();
  ring.lines.push_back(std::move(line));
  while (ring.bytes > kLogBytesMax || ring.lines.size() > kLogLinesMax) drop_oldest(ring);
}

void LogStore::drop_oldest(Ring& ring) {
  const std::size_t size = ring.lines.front().json.size();
  ring.bytes -= size;
  bytes_ -= size;
  ring.lines.pop_front();
}

void LogStore::make_room() {
  for (auto ring = rings_.begin(); bytes_ > kLogStoreBytesMax && ring != rings_.end();) {
    while (!ring->lines.empty() && bytes_ > kLogStoreBytesMax) drop_oldest(*ring);
    const bool needed = !ring->lines.empty() || !ring->followers.empty();
    if (!needed) by_function_.erase(ring->function);
    ring = needed ? std::next(ring) : rings_.erase(ring);
  }
}

std::string LogStore::tail_of(const Ring& ring, const LogFilter& filter, std::size_t lines_max) const {
  std::vector<const Line*> chosen;
  for (auto line = ring.lines.rbegin(); line != ring.lines.rend() && chosen.size() < lines_max; ++line) {
    if (passes(filter, line->version, line->call_id)) chosen.push_back(&*line);
  }
  std::string text;
  for (auto line = chosen.rbegin(); line != chosen.rend(); ++line) text += (*line)->json;
  return text;
}

std::string LogStore::tail(std::string_view function, const LogFilter& filter, std::size_t lines_max) {
  const std::lock_guard lock(mutex_);
  const auto found = by_function_.find(function);
  return found == by_function_.end() ? std::string() : tail_of(*found->second, filter, lines_max);
}

void LogStore::wake_followers() {
  const std::lock_guard lock(mutex_);
  for (const Ring& ring : rings_) {
    for (const auto& weak : ring.followers) {
      if (const auto follower = weak.lock()) follower->wake_();
    }
  }
}

std::shared_ptr<LogFollower> LogStore::follow(std::string_view function, LogFilter filter, std::size_t lines_max,
                                              std::function<void()> wake) {
  auto follower = std::make_shared<LogFollower>();
  follower->filter_ = std::move(filter);
  follower->wake_ = std::move(wake);
  const std::lock_guard lock(mutex_);
  Ring& ring = ring_of(function);
  follower->waiting_ = tail_of(ring, follower->filter_, lines_max);
  ring.followers.push_back(follower);
  return follower;
}

}  // namespace sojourn
