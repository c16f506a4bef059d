#pragma once
// The store where there is no settings service: the same settings in a JSON file, replaced in one step.
#include "store/store.h"
#include "store/stored_values.h"
#include "util/loop.h"

namespace bmsd::store {

class FileStore final : public Store {
  public:
    /// A file that cannot be read is kept beside it as PATH.broken.
    FileStore(Loop& loop, std::string path);
    /// Writes what is not written yet.
    ~FileStore() override;

    void when_ready(std::function<void()> ready) override { ready(); }
    bool known(std::string_view id) const override;
    [[nodiscard]] std::unique_ptr<Record> open(RecordKey key, Record::Events events) override;
    /// What the file holds of a battery, without a record: for a store that keeps the file as its second memory.
    Saved recall(const RecordKey& key) const;
    /// Takes over what that store knows; written soon, with what else there is.
    void remember(const RecordKey& key, const Saved& saved);
    /// Writes what is not written yet, now.
    Result<void> write_now();
    const std::string& problem() const override { return problem_; }
    /// Nothing: there is room for batteries that come back after a winter.
    void clean_up() override {}

  private:
    friend class FileRecord;

    void load();
    Result<void> write();
    void write_in(Duration delay);
    std::int64_t free_instance() const;

    Loop& loop_;
    std::string path_;
    std::map<std::string, Values, std::less<>> groups_;
    bool dirty_ = false;
    bool told_ = false;  // of the problem, in the log
    std::string problem_;
    Wait timer_;
};

}  // namespace bmsd::store
