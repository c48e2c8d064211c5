#include "runtime/event/sources/files_keeper.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "runtime/event/journal/long_data.h"
#include "runtime/event/sources/trigger_place.h"
#include "runtime/event/triggers/intake.h"

namespace sojourn {
namespace {

constexpr std::size_t kNotedMax = 1000;

std::shared_ptr<const ScanBounds> bounds_of(WatchRoots roots, std::vector<std::string> closed) {
  for (std::string& root : closed) {
    std::error_code is_missing;
    if (auto real = std::filesystem::canonical(root, is_missing); !is_missing) root = real.string();
  }
  for (const char* root : {"/proc", "/sys", "/dev"}) closed.emplace_back(root);
  return std::make_shared<const ScanBounds>(ScanBounds{std::move(roots), std::move(closed)});
}

// A trigger goes on with what it knows as long as it says the same at the same place.
std::string key_of(const BoundTrigger& trigger) {
  const auto& files = trigger.as<FilesTrigger>();
  std::string key;
  for (const std::string& part : {pipeline_of(trigger), std::to_string(index_of(trigger)), files.directory, files.glob,
                                  std::to_string(files.settle.count())}) {
    key += part;
    key += '\0';
  }
  return key;
}

std::string media_type_of(std::string_view name) {
  static constexpr std::array<std::array<std::string_view, 2>, 7> kTypes = {{{".json", "application/json"},
                                                                             {".txt", "text/plain"},
                                                                             {".csv", "text/csv"},
                                                                             {".xml", "application/xml"},
                                                                             {".html", "text/html"},
                                                                             {".png", "image/png"},
                                                                             {".jpg", "image/jpeg"}}};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return std::string(type);
  }
  return "application/octet-stream";
}

CloudEvent event_of(const BoundTrigger& trigger, const FoundFile& file, FileScan::Content content) {
  const WallTime changed{
      std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(file.facts.changed_ns))};
  CloudEvent event;
  event.id = file.facts.id();
  event.source = source_of(trigger);
  event.type = kFileType;
  event.attributes["subject"] = file.name;
  event.attributes["size"] = std::to_string(file.facts.size);
  event.attributes["mtime"] = timestamp(changed);
  if (content.content) {
    event.attributes["datacontenttype"] = media_type_of(file.name);
    event.data = std::move(*content.content);
  }
  return event;
}

std::string name_of(const BoundTrigger& trigger, const FoundFile& file) {
  std::string name = "f";
  for (const std::string& part : {pipeline_of(trigger), std::to_string(index_of(trigger)), file.facts.id()}) {
    name += '\0';
    name += part;
  }
  return name;
}

}  // namespace

FilesKeeper::FilesKeeper(Loop& loop, Journal& journal, Triggers triggers, const Clock& clock, const Log& log,
                         WatchRoots roots, std::vector<std::string> closed)
    : loop_(loop),
      journal_(journal),
      triggers_(std::move(triggers)),
      clock_(clock),
      log_(log),
      bounds_(bounds_of(std::move(roots), std::move(closed))) {}

FilesKeeper::~FilesKeeper() = default;

FilesKeeper::Stats FilesKeeper::stats() const {
  Stats stats = stats_;
  stats.directories = entries_.size();
  for (const auto& [key, entry] : entries_) stats.files += entry.directory->size();
  return stats;
}

void FilesKeeper::deployed() {
  WatchedDirectory::Events& events = *this;
  TriggerTablePtr table = triggers_();
  if (table == table_) return;
  std::map<std::string, Entry> entries;
  std::set<std::string> refused;
  for (const BoundTrigger& trigger : table->directories()) {
    const std::string key = key_of(trigger);
    if (!is_permitted(trigger, key)) {
      refused.insert(key);
      continue;
    }
    if (const auto known = entries_.find(key); known != entries_.end()) {
      known->second.trigger = trigger;
      entries.insert(entries_.extract(known));
      continue;
    }
    const auto& files = trigger.as<FilesTrigger>();
    FileScan scan(files.directory, files.glob, bounds_);
    entries.emplace(key, Entry{trigger, ++last_number_,
                               std::make_unique<WatchedDirectory>(loop_, std::move(scan), files.settle, events, log_)});
  }
  entries_ = std::move(entries);
  refused_ = std::move(refused);
  table_ = std::move(table);
}

// What was deployed when the server was started otherwise stays deployed, and is not watched.
bool FilesKeeper::is_permitted(const BoundTrigger& trigger, const std::string& key) const {
  const std::string& directory = trigger.as<FilesTrigger>().directory;
  if (bounds_->roots.name(directory)) return true;
  if (!refused_.contains(key)) {
    log_.warn("a directory is not watched",
              {{"trigger", source_of(trigger)}, {"directory", directory}, {"reason", bounds_->roots.refusal()}});
  }
  return false;
}

// --- the disk -------------------------------------------------------------------------------------------------------

void FilesKeeper::run_blocking(std::function<void()> work, std::function<void()> done) {
  waiting_.push_back({std::move(work), std::move(done)});
  run_waiting();
}

void FilesKeeper::run_waiting() {
  while (blocking_ < kBlockingMax && !waiting_.empty()) {
    Piece piece = std::move(waiting_.front());
    waiting_.pop_front();
    ++blocking_;
    const std::weak_ptr<int> alive = alive_;
    loop_.run_blocking(std::move(piece.work), [this, alive, done = std::move(piece.done)] {
      if (alive.expired()) return;
      --blocking_;
      done();
      run_waiting();
    });
  }
}

// --- taking files ---------------------------------------------------------------------------------------------------

void FilesKeeper::on_ready() {
  take_more();
}

// One of each directory in turn, so that a full one does not keep the others waiting.
void FilesKeeper::take_more() {
  std::size_t empty = 0;
  while (takes_ < kTakesMax && empty < entries_.size()) {
    auto at = entries_.lower_bound(next_);
    if (at == entries_.end()) at = entries_.begin();
    next_ = at->first + '\0';
    auto file = at->second.directory->take_ready();
    empty = file ? 0 : empty + 1;
    if (file) begin({at->first, at->second.number, std::move(*file)}, *at->second.directory);
  }
}

void FilesKeeper::begin(Taking taking, const WatchedDirectory& directory) {
  ++takes_;
  const auto read = std::make_shared<Result<FileScan::Read>>(FileScan::Read(FileScan::Gone{}));
  const FoundFile file = taking.file;
  run_blocking([read, file, scan = directory.scan()] { *read = scan.read(file, kContentMax); },
               [this, read, taking = std::move(taking)] { on_read(taking, std::move(*read)); });
}

FilesKeeper::Entry* FilesKeeper::find(const Taking& taking) {
  const auto found = entries_.find(taking.entry);
  return found != entries_.end() && found->second.number == taking.number ? &found->second : nullptr;
}

void FilesKeeper::on_read(const Taking& taking, Result<FileScan::Read> read) {
  Entry* const entry = find(taking);
  if (entry == nullptr) return end_take();
  if (!read.ok()) {
    note_failure(taking, read.error());
    entry->directory->failed(taking.file, kReadAgain);
  } else if (auto* content = std::get_if<FileScan::Content>(&*read)) {
    return keep(taking, *entry, std::move(*content));
  } else if (const auto* now = std::get_if<FileFacts>(&*read)) {
    entry->directory->changed(taking.file, *now);
  } else {
    entry->directory->gone(taking.file);
  }
  end_take();
}

void FilesKeeper::keep(const Taking& taking, const Entry& entry, FileScan::Content content) {
  if (!content.content) {
    log_.warn("a file is longer than " + std::to_string(kContentMax) + " bytes; its event comes without its content",
              {{"directory", entry.directory->scan().directory()}, {"file", taking.file.name}});
  }
  const EpochMs at = wall_ms(clock_);
  const DedupeKey name{name_of(entry.trigger, taking.file), at + std::chrono::milliseconds(kNameKept).count()};
  auto acceptance =
      accept_for(*table_, entry.trigger, event_of(entry.trigger, taking.file, std::move(content)), {name}, at);
  if (!acceptance) {  // the trigger's match does not want it
    entry.directory->taken(taking.file);
    return end_take();
  }
  const auto work = [kept = std::make_shared<Acceptance>(std::move(*acceptance)), at,
                     &payloads = journal_.payloads()](JournalEngine& engine) -> Result<Accepted> {
    if (Status moved = keep_long_data(payloads, *kept); !moved.ok()) return moved.error();
    return engine.accept(*kept, at);
  };
  const std::weak_ptr<int> alive = alive_;
  journal_.ask<Accepted>(WorkKind::kAccepts, loop_, work, [this, alive, taking](Result<Accepted> accepted) {
    if (!alive.expired()) on_kept(taking, accepted);
  });
}

void FilesKeeper::on_kept(const Taking& taking, const Result<Accepted>& accepted) {
  if (accepted.ok()) {
    ++(accepted->is_duplicate ? stats_.known : stats_.taken);
    noted_.erase(taking.entry + taking.file.name);
  } else {
    note_failure(taking, accepted.error());
  }
  if (Entry* const entry = find(taking); entry != nullptr) {
    accepted.ok() ? entry->directory->taken(taking.file) : entry->directory->failed(taking.file, kKeepAgain);
  }
  end_take();
}

void FilesKeeper::note_failure(const Taking& taking, const Error& error) {
  ++stats_.failures;
  if (noted_.size() >= kNotedMax) noted_.clear();
  if (!noted_.insert(taking.entry + taking.file.name).second) return;
  log_.warn("a file cannot be taken now", {{"file", taking.file.name}, {"reason", error.text()}});
}

void FilesKeeper::end_take() {
  --takes_;
  take_more();
}

}  // namespace sojourn
