#include "loader/tree_edits.h"

#include "loader/deployment_files.h"
#include "loader/git_handles.h"

namespace sojourn {

Status TreeEdits::put(const std::string& path, std::string_view content) {
  git_tree_update update{};
  const int code = ::git_odb_write(&update.id, database_, content.data(), content.size(), GIT_OBJECT_BLOB);
  if (code != 0) return git_failure("write " + path, code);
  add(update, GIT_TREE_UPDATE_UPSERT, GIT_FILEMODE_BLOB, path);
  return {};
}

void TreeEdits::remove_file(const std::string& path) {
  add({}, GIT_TREE_UPDATE_REMOVE, GIT_FILEMODE_BLOB, path);
}

void TreeEdits::remove_directory(const std::string& path) {
  add({}, GIT_TREE_UPDATE_REMOVE, GIT_FILEMODE_TREE, path);
}

Status TreeEdits::put_change(const Deployments& now, const ResolvedChange& change) {
  for (const auto& version : change.made) {
    if (Status status = put(version_path(version->function, version->number), version_file(*version)); !status) {
      return status;
    }
  }
  for (const auto& function : change.functions) {
    const std::string directory = function_directory(function->name);
    if (Status status = put(directory + "/function.json", function_file(*function)); !status) return status;
    if (Status status = put(directory + "/alias.json", alias_file(*function)); !status) return status;
    if (now.removed.contains(function->name)) remove_file(removed_path(function->name));
  }
  for (const std::string& name : change.removals) {
    remove_directory(function_directory(name));
    if (Status status = put(removed_path(name), removed_file(next_version(now, name) - 1)); !status) return status;
  }
  return put_pipelines(now, change);
}

Status TreeEdits::put_pipelines(const Deployments& now, const ResolvedChange& change) {
  for (const auto& version : change.made_pipelines) {
    const std::string path = pipeline_version_path(version->pipeline.name, version->number);
    if (Status status = put(path, pipeline_version_file(*version)); !status) return status;
  }
  for (const auto& pipeline : change.pipelines) {
    const std::string directory = pipeline_directory(pipeline->name);
    if (Status status = put(directory + "/pipeline.json", pipeline_file(*pipeline)); !status) return status;
    if (Status status = put(directory + "/alias.json", alias_file(*pipeline)); !status) return status;
    if (now.removed_pipelines.contains(pipeline->name)) remove_file(removed_pipeline_path(pipeline->name));
  }
  for (const std::string& name : change.pipeline_removals) {
    remove_directory(pipeline_directory(name));
    const int last = next_pipeline_version(now, name) - 1;
    if (Status status = put(removed_pipeline_path(name), removed_file(last)); !status) return status;
  }
  return {};
}

Result<git_oid> TreeEdits::make_tree(git_repository* repository, git_tree* base) {
  for (std::size_t i = 0; i < updates_.size(); ++i) updates_[i].path = paths_[i].c_str();
  git_oid tree;
  const int code = ::git_tree_create_updated(&tree, repository, base, updates_.size(), updates_.data());
  if (code != 0) return git_failure("make the tree", code);
  return tree;
}

void TreeEdits::add(git_tree_update update, git_tree_update_t action, git_filemode_t mode, const std::string& path) {
  update.action = action;
  update.filemode = mode;
  updates_.push_back(update);
  paths_.push_back(path);
}

}  // namespace sojourn
