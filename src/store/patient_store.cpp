#include "store/patient_store.h"

#include <utility>

#include "util/log.h"

namespace bmsd::store {
namespace {

// How often the file follows: it is all there is while the service is out of reach, and spares the flash otherwise.
constexpr Duration mirror_interval = std::chrono::minutes(60), mirror_interval_alone = std::chrono::seconds(60);

}  // namespace

class PatientRecord final : public Record {
  public:
    PatientRecord(PatientStore& store, RecordKey key, Events events)
        : store_(store), key_(std::move(key)), events_(std::move(events))
    {
    }

    void begin()
    {
        record_ = store_.service_->open(key_, {[this](const Saved& saved) { answered(saved); },
                                               [this](const std::string& name) { renamed_elsewhere(name); },
                                               [this](std::int64_t instance) { renumbered(instance); }});
        const Duration patience = store_.service_ready_ ? store_.patience_.battery : Duration::zero();
        Loop& loop = store_.loop_;
        timer_ = loop.at(loop.now() + patience, [this] { use_file(); });
    }

    void save(const control::Stored& stored) override
    {
        saved_.stored = stored;
        record_->save(stored);
        const Instant now = store_.loop_.now();
        if (now - mirrored_at_ < (record_->in_reach() ? mirror_interval : mirror_interval_alone)) return;
        mirrored_at_ = now;
        mirror();
    }

    void flush(const control::Stored& stored) override
    {
        saved_.stored = stored;
        record_->flush(stored);
        mirror();
        if (!record_->in_reach()) (void)store_.file_->write_now();
    }

    void set_custom_name(const std::string& name, Done done) override
    {
        if (!record_->in_reach()) {
            saved_.custom_name = name;
            unsaved_name_ = true;
            mirror();
            done(store_.file_->write_now());
            return;
        }
        record_->set_custom_name(name, [this, name, done = std::move(done)](const Result<void>& result) {
            if (result) {
                saved_.custom_name = name;
                mirror();
            }
            done(result);
        });
    }

    bool in_reach() const override { return record_->in_reach(); }

  private:
    void use_file()
    {
        timer_.reset();
        log::warning("{}: the settings service does not answer; what the state file holds is used", key_.id);
        saved_ = store_.file_->recall(key_);
        tell();
    }

    void tell()
    {
        told_ = true;
        mirror();
        if (events_.ready) events_.ready(saved_);
    }

    /// The service has answered, in time or late.
    void answered(const Saved& saved)
    {
        timer_.reset();
        if (!told_) {
            saved_ = saved;
            tell();
            return;
        }
        log::info("{}: the settings service answers", key_.id);
        if (unsaved_name_)
            record_->set_custom_name(saved_.custom_name, [](const Result<void>&) {});
        else if (saved.custom_name != saved_.custom_name)
            renamed_elsewhere(saved.custom_name);
        if (saved.instance != saved_.instance) renumbered(saved.instance);
        mirror();
    }

    void renamed_elsewhere(const std::string& name)
    {
        saved_.custom_name = name;
        mirror();
        if (events_.custom_name) events_.custom_name(name);
    }

    void renumbered(std::int64_t instance)
    {
        saved_.instance = instance;
        mirror();
        if (events_.instance) events_.instance(instance);
    }

    void mirror()
    {
        if (told_) store_.file_->remember(key_, saved_);
    }

    PatientStore& store_;
    RecordKey key_;
    Events events_;
    Saved saved_;
    bool told_ = false;          // events_.ready was called
    bool unsaved_name_ = false;  // given while the service was out of reach
    Instant mirrored_at_{};
    Wait timer_;
    std::unique_ptr<Record> record_;
};

PatientStore::PatientStore(Loop& loop, std::unique_ptr<Store> service, std::unique_ptr<FileStore> file,
                           Patience patience)
    : loop_(loop), patience_(patience), file_(std::move(file)), service_(std::move(service))
{
    timer_ = loop_.at(loop_.now() + patience_.service, [this] {
        log::warning(">>> The settings service does not answer; names and instances of the state file are used");
        become_ready();
    });
    service_->when_ready([this] {
        service_ready_ = true;
        become_ready();
    });
}

PatientStore::~PatientStore() = default;

void PatientStore::become_ready()
{
    timer_.reset();
    ready_ = true;
    for (const auto& ready : std::exchange(waiting_, {})) ready();
}

void PatientStore::when_ready(std::function<void()> ready)
{
    if (ready_)
        ready();
    else
        waiting_.push_back(std::move(ready));
}

std::unique_ptr<Record> PatientStore::open(RecordKey key, Record::Events events)
{
    auto record = std::make_unique<PatientRecord>(*this, std::move(key), std::move(events));
    record->begin();
    return record;
}

}  // namespace bmsd::store
