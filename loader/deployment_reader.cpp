#include "loader/deployment_reader.h"

#include <functional>
#include <map>
#include <string>

#include "loader/commit_message.h"
#include "loader/deployment_files.h"
#include "loader/git_handles.h"

namespace sojourn {
namespace {

using CommitOfVersion = std::map<std::string, std::string, std::less<>>;  // NAME@N -> hex id

class DeploymentReader {
 public:
  explicit DeploymentReader(git_repository* repository) : repository_(repository) {}

  Result<DeploymentsPtr> read(const git_oid& head) {
    auto deployments = std::make_shared<Deployments>();
    deployments->head = hex_of(head);
    auto tree = read_history(head);
    if (!tree) return tree.error();
    const git_tree_entry* format = ::git_tree_entry_byname(tree->get(), "format.json");
    if (format == nullptr) return Error(ErrorCode::kInternal, "format.json is missing");
    if (Status status = with_blob(format, [](std::string_view text) { return read_format_file(text); }); !status) {
      return status.error().at("format.json");
    }
    Status status = each_shard(tree->get(), "functions",
                               [&](const git_tree_entry* entry) { return read_function(entry, *deployments); });
    if (status) {
      status = each_shard(tree->get(), "pipelines",
                          [&](const git_tree_entry* entry) { return read_pipeline(entry, *deployments); });
    }
    if (status) {
      status = each_shard(tree->get(), "removed",
                          [&](const git_tree_entry* entry) { return read_removed(entry, deployments->removed); });
    }
    if (status) {
      status = each_shard(tree->get(), "removed-pipelines", [&](const git_tree_entry* entry) {
        return read_removed(entry, deployments->removed_pipelines);
      });
    }
    if (!status) return status.error();
    return DeploymentsPtr(std::move(deployments));
  }

 private:
  using Visit = std::function<Status(const git_tree_entry*)>;

  // Notes which commit made which version, back to the first; returns head's tree.
  Result<GitTree> read_history(const git_oid& head) {
    GitTree tree;
    git_oid id = head;
    while (true) {
      git_commit* raw = nullptr;
      if (const int code = ::git_commit_lookup(&raw, repository_, &id); code != 0) {
        return git_failure("read commit " + hex_of(id), code);
      }
      const GitCommit commit(raw);
      git_tree* raw_tree = nullptr;
      if (!tree && ::git_commit_tree(&raw_tree, commit.get()) != 0) return git_failure("read head's tree", GIT_ERROR);
      if (!tree) tree.reset(raw_tree);
      const std::string hex = hex_of(id);
      CommitMessage message = parse_commit_message(::git_commit_message(commit.get()));
      for (std::string& version : message.versions) commits_.try_emplace(std::move(version), hex);
      for (std::string& version : message.pipelines) pipeline_commits_.try_emplace(std::move(version), hex);
      if (::git_commit_parentcount(commit.get()) == 0) return tree;
      id = *::git_commit_parent_id(commit.get(), 0);
    }
  }

  Result<GitTree> subtree(const git_tree_entry* entry) {
    git_tree* raw = nullptr;
    const int code = ::git_tree_lookup(&raw, repository_, ::git_tree_entry_id(entry));
    if (code != 0) return git_failure("read directory", code).at(::git_tree_entry_name(entry));
    return GitTree(raw);
  }

  // Visits every entry of `directory`/HH/; a missing directory has none.
  Status each_shard(const git_tree* root, const char* directory, const Visit& visit) {
    const git_tree_entry* top = ::git_tree_entry_byname(root, directory);
    if (top == nullptr) return {};
    return each(top, [&](const git_tree_entry* shard) { return each(shard, visit); });
  }

  Status each(const git_tree_entry* directory, const Visit& visit) {
    auto tree = subtree(directory);
    if (!tree) return tree.error();
    const std::size_t count = ::git_tree_entrycount(tree->get());
    for (std::size_t i = 0; i < count; ++i) {
      const git_tree_entry* entry = ::git_tree_entry_byindex(tree->get(), i);
      if (Status status = visit(entry); !status) return status.error().at(::git_tree_entry_name(entry));
    }
    return {};
  }

  template <class Use>
  Status with_blob(const git_tree_entry* entry, Use use) {
    git_blob* raw = nullptr;
    const int code = ::git_blob_lookup(&raw, repository_, ::git_tree_entry_id(entry));
    if (code != 0) return git_failure("read file", code);
    const GitBlob blob(raw);
    return use(std::string_view(static_cast<const char*>(::git_blob_rawcontent(raw)),
                                static_cast<std::size_t>(::git_blob_rawsize(raw))));
  }

  // NAME/{function.json or pipeline.json, alias.json, versions/N.json}. T is Function or DeployedPipeline.
  template <class T>
  Result<std::shared_ptr<T>> read_named(const git_tree_entry* directory) {
    auto named = std::make_shared<T>();
    const std::string name = ::git_tree_entry_name(directory);
    Status status = each(directory, [&](const git_tree_entry* entry) -> Status {
      const std::string_view file = ::git_tree_entry_name(entry);
      if (file == "versions") {
        return each(entry, [&](const git_tree_entry* version) { return read_version(version, name, *named); });
      }
      return with_blob(entry, [&](std::string_view text) -> Status {
        if (file == "alias.json") return read_alias_file(text, named->live);
        if (file == "function.json" || file == "pipeline.json") return read_owner_file(text, named->name, named->owner);
        return {};
      });
    });
    if (!status) return status.error();
    if (named->name != name || named->live_version() == nullptr) {
      return Error(ErrorCode::kInternal, "its files do not fit together: no live version under this name");
    }
    return named;
  }

  Status read_function(const git_tree_entry* directory, Deployments& into) {
    auto function = read_named<Function>(directory);
    if (!function) return function.error();
    into.functions.emplace((*function)->name, *function);
    return {};
  }

  Status read_pipeline(const git_tree_entry* directory, Deployments& into) {
    auto pipeline = read_named<DeployedPipeline>(directory);
    if (!pipeline) return pipeline.error();
    into.pipelines.emplace((*pipeline)->name, *pipeline);
    return {};
  }

  Status read_version(const git_tree_entry* entry, const std::string& name, Function& into) {
    return with_blob(entry, [&](std::string_view text) -> Status {
      auto version = read_version_file(text, name);
      if (!version) return version.error();
      version->commit = commit_of(commits_, name, version->number);
      const int number = version->number;
      into.versions[number] = std::make_shared<const Version>(std::move(*version));
      return {};
    });
  }

  Status read_version(const git_tree_entry* entry, const std::string& name, DeployedPipeline& into) {
    return with_blob(entry, [&](std::string_view text) -> Status {
      auto version = read_pipeline_version_file(text, name);
      if (!version) return version.error();
      version->commit = commit_of(pipeline_commits_, name, version->number);
      const int number = version->number;
      into.versions[number] = std::make_shared<const PipelineVersion>(std::move(*version));
      return {};
    });
  }

  static std::string commit_of(const CommitOfVersion& commits, const std::string& name, int number) {
    const auto commit = commits.find(name + "@" + std::to_string(number));
    return commit == commits.end() ? "" : commit->second;
  }

  Status read_removed(const git_tree_entry* entry, std::map<std::string, int, std::less<>>& into) {
    return with_blob(entry, [&](std::string_view text) -> Status {
      const auto last = read_removed_file(text);
      if (!last) return last.error();
      std::string name = ::git_tree_entry_name(entry);
      into[name.substr(0, name.rfind('.'))] = *last;
      return {};
    });
  }

  git_repository* repository_;
  CommitOfVersion commits_;
  CommitOfVersion pipeline_commits_;
};

}  // namespace

Result<DeploymentsPtr> read_deployments(git_repository* repository, const git_oid& head) {
  return DeploymentReader(repository).read(head);
}

}  // namespace sojourn
