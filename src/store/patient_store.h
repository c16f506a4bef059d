#pragma once
// The settings service where it answers, the state file while it does not: one that is slow, silent or talks nonsense
// never keeps a battery from being served. What the service knows is mirrored in the file, so that the file is right
// when it is needed. Source: core/lifecycle.md section 7, "settings service restarts".
#include "store/file_store.h"
#include "store/store.h"

namespace bmsd::store {

class PatientStore final : public Store {
  public:
    struct Patience {
        Duration service = std::chrono::seconds(10);  // until the service is there and has told what it holds
        Duration battery = std::chrono::seconds(5);   // until it has answered for one battery
    };

    PatientStore(Loop& loop, std::unique_ptr<Store> service, std::unique_ptr<FileStore> file, Patience patience);
    PatientStore(Loop& loop, std::unique_ptr<Store> service, std::unique_ptr<FileStore> file)
        : PatientStore(loop, std::move(service), std::move(file), Patience())
    {
    }
    ~PatientStore() override;

    void when_ready(std::function<void()> ready) override;
    bool known(std::string_view id) const override { return service_->known(id) || file_->known(id); }
    [[nodiscard]] std::unique_ptr<Record> open(RecordKey key, Record::Events events) override;
    const std::string& problem() const override { return file_->problem(); }  // of the medium, which the service shares
    void clean_up() override { service_->clean_up(); }

  private:
    friend class PatientRecord;

    void become_ready();

    Loop& loop_;
    Patience patience_;
    std::unique_ptr<FileStore> file_;
    std::unique_ptr<Store> service_;
    bool service_ready_ = false, ready_ = false;
    std::vector<std::function<void()>> waiting_;
    Wait timer_;
};

}  // namespace bmsd::store
