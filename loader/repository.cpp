#include "loader/repository.h"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

#include "loader/commit_journal.h"
#include "loader/commit_message.h"
#include "loader/deployment_files.h"
#include "loader/deployment_reader.h"
#include "loader/git_handles.h"
#include "loader/pack_files.h"
#include "loader/pending_objects.h"
#include "loader/sync_path.h"
#include "loader/tree_edits.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {
namespace {

constexpr const char* kBranch = "refs/heads/main";
constexpr const char* kJournalFile = "sojourn-journal";
constexpr std::size_t kRecordsMax = 32;           // in the journal, then tidying is worth it
constexpr std::uint64_t kJournalMax = 64u << 20;  // bytes; then a commit waits for what was left to sync

// Everything git makes for a new repository, on disk: it happens once, so the whole filesystem may be waited for.
Status sync_filesystem(const std::string& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::syncfs(fd.get()) != 0) return system_error("sync " + directory, errno, ErrorCode::kStoreUnavailable);
  return {};
}

Result<GitRepository> make_repository(const std::string& directory) {
  git_repository_init_options options{};
  ::git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR | GIT_REPOSITORY_INIT_MKPATH;
  options.initial_head = "main";
  git_repository* raw = nullptr;
  const int code = ::git_repository_init_ext(&raw, directory.c_str(), &options);
  if (code != 0) return git_failure("make", code);
  GitRepository repository(raw);
  if (Status status = sync_filesystem(directory); !status) return status.error();
  return repository;
}

// A name as git's signature lines can hold it.
std::string signature_name(std::string_view author) {
  std::string name(author.substr(0, 100));
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == 0x7F) c = '?';
  }
  return name.empty() ? "unknown" : name;
}

Result<GitRepository> open_or_make(const std::string& directory) {
  git_repository* raw = nullptr;
  const int code = ::git_repository_open_bare(&raw, directory.c_str());
  if (code == GIT_ENOTFOUND) return make_repository(directory);
  if (code != 0) return git_failure("open", code);
  return GitRepository(raw);
}

}  // namespace

class Repository::State {
 public:
  State(std::string directory, const Clock& clock) : directory_(std::move(directory)), clock_(clock) {}

  // An orderly end leaves nothing to recover. That it fails is no loss: the journal stays.
  ~State() {
    if (!journal_ || journal_->records() == 0 || broken_) return;
    [[maybe_unused]] const Status ignored = settle();
  }

  Status open() {
    auto repository = open_or_make(directory_);
    if (!repository) return repository.error();
    if (Status status = recover(repository->get()); !status) return status.error().at("recover");
    if (Status status = adopt(std::move(*repository)); !status) return status;
    if (journal_->records() > 0) {
      if (Status status = settle(); !status) return status.error().at("recover");
    }
    git_oid head;
    const int code = ::git_reference_name_to_id(&head, repository_.get(), kBranch);
    if (code == GIT_ENOTFOUND) return begin();
    if (code != 0) return git_failure("read the branch main", code);
    return load(head);
  }

  Result<Committed> commit(const Change& change) {
    const std::int64_t time = seconds_now();
    auto resolved = resolve(*deployments_, change, time);
    if (!resolved) return resolved.error();
    Committed committed;
    committed.unchanged = resolved->unchanged;
    committed.deployments = deployments_;
    if (resolved->empty()) return committed;
    TreeEdits edits(database_.get());
    Status status = edits.put_change(*deployments_, *resolved);
    if (status && change.manifest) status = edits.put(manifest_path(change.manifest->name), change.manifest->text);
    if (!status) return pending_->clear(), status.error();
    const CommitMessage message = describe_change(change.message, *resolved);
    auto commit = write_commit(edits, commit_message_text(message), signature_name(change.author), time);
    pending_->clear();
    if (!commit) return commit.error();
    deployments_ = after(*deployments_, *resolved, hex_of(*commit));
    committed.deployments = deployments_;
    committed.made.assign(resolved->made.begin(), resolved->made.end());
    committed.changed = true;
    return committed;
  }

  Result<std::vector<HistoryEntry>> history(std::string_view function, std::size_t limit) const {
    std::vector<HistoryEntry> entries;
    git_oid id;
    if (const int code = ::git_oid_fromstr(&id, deployments_->head.c_str()); code != 0)
      return git_failure("head", code);
    while (entries.size() < limit) {
      git_commit* raw = nullptr;
      if (const int code = ::git_commit_lookup(&raw, repository_.get(), &id); code != 0) {
        return git_failure("read commit " + hex_of(id), code);
      }
      const GitCommit commit(raw);
      CommitMessage message = parse_commit_message(::git_commit_message(raw));
      if (function.empty() || message.concerns(function)) {
        entries.push_back({hex_of(id), ::git_commit_time(raw), ::git_commit_author(raw)->name,
                           std::move(message.subject), std::move(message.versions), std::move(message.removed),
                           std::move(message.moved), std::move(message.pipelines),
                           std::move(message.removed_pipelines)});
      }
      if (::git_commit_parentcount(raw) == 0) break;
      id = *::git_commit_parent_id(raw, 0);
    }
    return entries;
  }

  Status tidy() {
    if (journal_->records() < kRecordsMax) return {};
    return settle();
  }

  const DeploymentsPtr& deployments() const { return deployments_; }
  StepHook hook;

 private:
  Status adopt(GitRepository repository) {
    git_odb* database = nullptr;
    if (const int code = ::git_repository_odb(&database, repository.get()); code != 0)
      return git_failure("open objects", code);
    database_.reset(database);
    repository_ = std::move(repository);
    pending_ = PendingObjects::add_to(database);
    if (pending_ == nullptr) return git_failure("gather objects", GIT_ERROR);
    return {};
  }

  Status load(const git_oid& head) {
    auto deployments = read_deployments(repository_.get(), head);
    if (!deployments) return deployments.error();
    deployments_ = std::move(*deployments);
    return {};
  }

  // The first commit: nothing deployed, in the format that this version writes.
  Status begin() {
    deployments_ = std::make_shared<Deployments>();
    TreeEdits edits(database_.get());
    Status status = edits.put("format.json", format_file());
    if (!status) return status;
    auto commit = write_commit(edits, "begin\n", "sojourn", seconds_now());
    pending_->clear();
    if (!commit) return commit.error();
    return load(*commit);
  }

  // Objects in memory -> the journal, which makes it a commit -> git's own files, for everybody who reads those.
  Result<git_oid> write_commit(TreeEdits& edits, const std::string& message, const std::string& author,
                               std::int64_t time) {
    if (broken_)
      return Error(ErrorCode::kStoreUnavailable, "the disk failed in the middle of a commit; restart the server");
    if (journal_->size() > kJournalMax) {
      if (Status status = settle(); !status) return status.error();
    }
    auto commit = make_commit(edits, message, author, time);
    if (!commit) return commit.error();
    const auto pack = make_pack(repository_.get(), pending_->ids());
    if (!pack) return pack.error();
    step("objects made");
    if (Status status = journal_->append(hex_of(*commit), *pack); !status) return status.error();
    step("journal written");
    if (Status status = show_in_git(*commit, *pack); !status) {
      // Nobody was told of the commit yet, so it may still be undone; if that fails too, only a restart can tell.
      broken_ = !journal_->take_back().ok();
      return status.error();
    }
    return commit;
  }

  Status show_in_git(const git_oid& commit, std::string_view pack) {
    const auto path = install_pack(directory_, pack);
    if (!path) return path.error();
    step("pack written");
    Status status;
    if (const int code = ::git_odb_refresh(database_.get()); code != 0) status = git_failure("see the new pack", code);
    if (status) status = move_branch(commit);
    if (!status) return remove_pack(*path), status;
    unsynced_.push_back(*path);
    step("branch moved");
    return {};
  }

  // Syncs what commits wrote into git's files, after which the journal is not needed for them.
  Status settle() {
    const auto replaced = settle_packs(repository_.get(), directory_, unsynced_);
    if (!replaced) return replaced.error();
    if (Status status = sync_path(directory_ + "/" + kBranch); !status) return status;
    if (Status status = sync_path(directory_ + "/refs/heads"); !status) return status;
    unsynced_.clear();
    if (Status status = journal_->clear(); !status) return status;
    if (!*replaced) return {};
    auto repository = open_or_make(directory_);
    if (!repository) return repository.error();
    return adopt(std::move(*repository));
  }

  // Writes again what the journal holds. Runs before libgit2 looks at packs or branch, which a power cut may have left
  // empty. The branch's lock can only be a dead process's: ours holds the data directory.
  Status recover(git_repository* repository) {
    const std::string branch = directory_ + "/" + kBranch;
    ::unlink((branch + ".lock").c_str());
    remove_unfinished_packs(directory_);
    auto journal = CommitJournal::open(directory_ + "/" + kJournalFile);
    if (!journal) return journal.error();
    journal_.emplace(std::move(*journal));
    if (journal_->found().empty()) return {};
    for (const auto& record : journal_->found()) {
      const auto path = install_pack(directory_, record.pack);
      if (!path) return path.error();
      unsynced_.push_back(*path);
    }
    ::unlink(branch.c_str());
    git_oid head;
    git_reference* raw = nullptr;
    int code = ::git_oid_fromstr(&head, journal_->found().back().commit.c_str());
    if (code == 0) code = ::git_reference_create(&raw, repository, kBranch, &head, 1, nullptr);
    const GitReference reference(raw);
    if (code != 0) return git_failure("move the branch main", code);
    return {};
  }

  Result<git_oid> make_commit(TreeEdits& edits, const std::string& message, const std::string& author,
                              std::int64_t time) {
    GitCommit parent;
    GitTree base;
    if (!deployments_->head.empty()) {
      if (Status status = open_head(parent, base); !status) return status.error();
    }
    const auto tree_id = edits.make_tree(repository_.get(), base.get());
    if (!tree_id) return tree_id.error();
    git_tree* tree = nullptr;
    if (const int code = ::git_tree_lookup(&tree, repository_.get(), &*tree_id); code != 0)
      return git_failure("read the tree", code);
    const GitTree new_tree(tree);
    git_signature* raw = nullptr;
    const int signed_code = ::git_signature_new(&raw, author.c_str(), "deploy@sojourn", time, 0);
    if (signed_code != 0) return git_failure("name the author", signed_code);
    const GitSignature signature(raw);
    const git_commit* parents[] = {parent.get()};
    git_oid commit;
    const int code = ::git_commit_create(&commit, repository_.get(), nullptr, raw, raw, nullptr, message.c_str(), tree,
                                         parent ? 1 : 0, parents);
    if (code != 0) return git_failure("make the commit", code);
    return commit;
  }

  Status open_head(GitCommit& commit, GitTree& tree) {
    git_oid id;
    git_commit* raw = nullptr;
    int code = ::git_oid_fromstr(&id, deployments_->head.c_str());
    if (code == 0) code = ::git_commit_lookup(&raw, repository_.get(), &id);
    if (code != 0) return git_failure("read head", code);
    commit.reset(raw);
    git_tree* raw_tree = nullptr;
    code = ::git_commit_tree(&raw_tree, raw);
    if (code != 0) return git_failure("read head's tree", code);
    tree.reset(raw_tree);
    return {};
  }

  Status move_branch(const git_oid& to) {
    git_oid from{};  // all zero: the branch must not exist yet
    if (!deployments_->head.empty()) ::git_oid_fromstr(&from, deployments_->head.c_str());
    git_reference* raw = nullptr;
    const int code = ::git_reference_create_matching(&raw, repository_.get(), kBranch, &to, 1,
                                                     deployments_->head.empty() ? nullptr : &from, nullptr);
    const GitReference reference(raw);
    if (code != 0) return git_failure("move the branch main", code);
    return {};
  }

  void step(std::string_view name) const {
    if (hook) hook(name);
  }
  std::int64_t seconds_now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
  }

  const GitLibrary library_;  // before everything that uses it
  const std::string directory_;
  const Clock& clock_;
  GitRepository repository_;
  GitOdb database_;
  PendingObjects* pending_ = nullptr;     // owned by database_
  std::optional<CommitJournal> journal_;  // there once recover() ran
  std::vector<std::string> unsynced_;     // packs that only the journal vouches for
  bool broken_ = false;                   // the journal may say what was not acknowledged
  DeploymentsPtr deployments_;
};

Repository::Repository(std::unique_ptr<State> state) : state_(std::move(state)) {}
Repository::~Repository() = default;

Result<std::unique_ptr<Repository>> Repository::open(const std::string& directory, const Clock& clock) {
  auto state = std::make_unique<State>(directory, clock);
  if (Status status = state->open(); !status) return status.error().at("deployments in " + directory);
  return std::unique_ptr<Repository>(new Repository(std::move(state)));
}

const DeploymentsPtr& Repository::deployments() const {
  return state_->deployments();
}

Result<Committed> Repository::commit(const Change& change) {
  auto committed = state_->commit(change);
  if (!committed) return committed.error().at("deployments");
  return committed;
}

Result<std::vector<HistoryEntry>> Repository::history(std::string_view function, std::size_t limit) const {
  auto entries = state_->history(function, limit);
  if (!entries) return entries.error().at("deployments");
  return entries;
}

Status Repository::tidy() {
  if (Status status = state_->tidy(); !status) return status.error().at("deployments: tidy");
  return {};
}

void Repository::set_step_hook(StepHook hook) {
  state_->hook = std::move(hook);
}

}  // namespace sojourn
