#include "link/mqtt/client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cctype>

#include "util/file.h"

#ifdef BMSD_MQTT
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/crypto.h>
#include <cerrno>
#include <cstring>
#include <map>

#include "link/mqtt/outbox.h"
#include "util/background.h"
#include "util/later.h"
#include "util/log.h"
#endif

namespace bmsd::link::mqtt {

std::string machine_name()
{
    for (const char* file : {"/data/venus/unique-id", "/etc/machine-id"}) {
        auto text = read_file(file);
        if (!text) continue;
        std::string name;
        for (const char c : *text)
            if (std::isalnum(static_cast<unsigned char>(c)) != 0 && name.size() < 12) name += c;
        if (!name.empty()) return name;
    }
    std::array<char, 65> host{};
    ::gethostname(host.data(), host.size() - 1);
    return host.data();
}

#ifndef BMSD_MQTT

bool available()
{
    return false;
}

std::unique_ptr<Client> make_client(Loop& /*loop*/, Options /*options*/)
{
    return nullptr;
}

#else

namespace {

using namespace std::chrono_literals;

constexpr Duration look_after_every = 5s;  // pings
constexpr unsigned mqtt_5 = 5, mqtt_3 = 4;

/// What a broker may send at most; beyond it a broker of MQTT 5 sends nothing at all, so that nobody could tell.
constexpr std::uint32_t largest_packet = std::uint32_t{1} << 20;

struct Handle {
    mosquitto* get = nullptr;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle()
    {
        if (get != nullptr) mosquitto_destroy(get);
    }
};

/// How an attempt ended; the errors are those of the thread it ran in.
struct Ended {
    int code;
    int error;
};

std::string reason(int code, int error)
{
    if (code == MOSQ_ERR_ERRNO) return std::strerror(error);
    if (code == MOSQ_ERR_EAI) return "the name of the broker is not known";
    if (code == MOSQ_ERR_TLS || code == MOSQ_ERR_TLS_HANDSHAKE)
        return "TLS: the certificate or the way to encrypt was not accepted";
    std::string text = mosquitto_strerror(code);
    while (text.ends_with('.')) text.pop_back();
    return text;
}

class Mosquitto final : public Client {
  public:
    Mosquitto(Loop& loop, Options options)
        : loop_(loop), options_(std::move(options)), outbox_(options_.most_waiting, options_.most_waiting_bytes)
    {
        // never undone, also not at the end of the process: an attempt may outlive us
        static const int once = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) + mosquitto_lib_init();
        static_cast<void>(once);
    }
    ~Mosquitto() override
    {
        life_.cancel();
        stop_watching();
        if (!handle_) return;
        if (status_.connected) {
            send_waiting();
            mosquitto_disconnect(handle_->get);
        }
    }

    void start() override
    {
        life_ = life();
        life_.start();
    }

    void subscribe(const std::string& topic, Receive receive) override
    {
        const bool known = topics_.contains(topic);
        topics_.emplace(topic, std::move(receive));
        if (!known && status_.connected) mosquitto_subscribe(handle_->get, nullptr, topic.c_str(), 0);
        look_at_writing();
    }

    void publish(Outgoing message) override
    {
        status_.dropped += outbox_.put(std::move(message));
        send_waiting();
    }

    const Status& status() const override { return status_; }
    void on_change(std::function<void()> callback) override { changed_ = std::move(callback); }

  private:
    Task<void> life();
    Task<bool> connect();
    std::string prepare();
    std::string prepare_tls();
    void watch();
    void stop_watching();
    void look_at_writing();
    void judge(int code);
    void lose(const std::string& why);
    void accepted(int code);
    void look_after();
    void refused_topics(int count, const int* granted) const;
    void received(const mosquitto_message& message);
    void send_waiting();
    void tell(const std::string& problem);

    Loop& loop_;
    Options options_;
    Status status_;
    Outbox outbox_;
    std::multimap<std::string, Receive, std::less<> > topics_;
    std::function<void()> changed_;
    std::shared_ptr<Handle> handle_;  // null: not connected
    std::unique_ptr<Later<bool> > lost_;
    Fd write_fd_;  // a second descriptor of the socket: the loop watches each one once
    Wait reading_, writing_, looking_after_, patience_;
    std::string told_;            // the problem
    bool other_version_ = false;  // of the protocol, is tried next
    bool inside_ = false;         // a call of the library, which calls back
    std::string lost_because_;    // told in a call back, acted on after the call
    Task<void> life_;
};

Task<void> Mosquitto::life()
{
    std::size_t failed = 0;
    for (;;) {
        lost_ = std::make_unique<Later<bool> >();
        if (co_await connect()) {
            const auto before = status_.connects;
            co_await *lost_;
            if (status_.connects != before) failed = 0;
        }
        handle_.reset();
        const std::size_t step = std::min(failed++, options_.again.size() - 1);
        co_await loop_.sleep(options_.again[step]);
    }
}

/// False: the reason is told.
Task<bool> Mosquitto::connect()
{
    handle_ = std::make_shared<Handle>();
    if (std::string problem = prepare(); !problem.empty()) {
        tell(problem);
        co_return false;
    }
    // the thread has a share of the handle: who gives up meanwhile leaves it behind
    auto attempt = [handle = handle_, host = options_.broker.host, port = options_.broker.port,
                    keep_alive = options_.keep_alive, five = status_.protocol == mqtt_5] {
        mosquitto_property* properties = nullptr;
        if (five) mosquitto_property_add_int32(&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, largest_packet);
        errno = 0;
        const int code = mosquitto_connect_bind_v5(handle->get, host.c_str(), port, keep_alive, nullptr, properties);
        const int error = errno;
        mosquitto_property_free_all(&properties);
        return Ended{code, error};
    };
    const auto ended = co_await in_background(loop_, std::move(attempt));
    if (!ended || ended->code != MOSQ_ERR_SUCCESS) {
        tell(ended ? reason(ended->code, ended->error) : ended.error());
        co_return false;
    }
    watch();
    co_return true;
}

std::string Mosquitto::prepare()
{
    handle_->get = mosquitto_new(options_.id.c_str(), true, this);
    mosquitto* const handle = handle_->get;
    if (handle == nullptr) return "no memory, or no valid id of the client";
    mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION,
                         status_.protocol == mqtt_5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1);
    const config::Broker& broker = options_.broker;
    if (!broker.user.empty()) mosquitto_username_pw_set(handle, broker.user.c_str(), broker.password.c_str());
    if (options_.will)
        mosquitto_will_set(handle, options_.will->topic.c_str(), static_cast<int>(options_.will->payload.size()),
                           options_.will->payload.data(), options_.will->qos, options_.will->retain);
    mosquitto_connect_v5_callback_set(handle, [](mosquitto*, void* self, int code, int, const mosquitto_property*) {
        static_cast<Mosquitto*>(self)->accepted(code);
    });
    mosquitto_subscribe_callback_set(handle, [](mosquitto*, void* self, int, int count, const int* granted) {
        static_cast<Mosquitto*>(self)->refused_topics(count, granted);
    });
    mosquitto_message_callback_set(handle, [](mosquitto*, void* self, const mosquitto_message* message) {
        static_cast<Mosquitto*>(self)->received(*message);
    });
    return broker.tls ? prepare_tls() : std::string();
}

std::string Mosquitto::prepare_tls()
{
    mosquitto* const handle = handle_->get;
    const std::string& file = options_.broker.ca_file;
    if (file.empty()) {
        mosquitto_int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
    } else if (mosquitto_tls_set(handle, file.c_str(), nullptr, nullptr, nullptr, nullptr) != MOSQ_ERR_SUCCESS) {
        return fmt::format("{}: the file with the certificate of the authority cannot be read", file);
    }
    // certificates are checked and the oldest version is 1.2: the library's defaults
    mosquitto_tls_insecure_set(handle, options_.broker.any_host_name);
    return {};
}

void Mosquitto::watch()
{
    const int fd = mosquitto_socket(handle_->get);
    if (fd < 0) return lose("the connection broke at once");
    write_fd_ = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    reading_ = loop_.watch(fd, Ready::read, [this] {
        errno = 0;
        inside_ = true;
        const int code = mosquitto_loop_read(handle_->get, 1);
        inside_ = false;
        judge(code);
    });
    patience_ = loop_.at(loop_.now() + options_.patience, [this] { lose("the broker does not answer"); });
    look_at_writing();
}

void Mosquitto::stop_watching()
{
    reading_.reset();
    writing_.reset();
    looking_after_.reset();
    patience_.reset();
    write_fd_.reset();
}

/// Waits for the socket only while something is to be written.
void Mosquitto::look_at_writing()
{
    if (!handle_ || !reading_ || !write_fd_) return;
    if (!mosquitto_want_write(handle_->get)) {
        writing_.reset();
        return;
    }
    if (writing_) return;
    writing_ = loop_.watch(write_fd_.get(), Ready::write, [this] {
        errno = 0;
        inside_ = true;
        const int code = mosquitto_loop_write(handle_->get, 1);
        inside_ = false;
        judge(code);
    });
}

/// After a call of the library.
void Mosquitto::judge(int code)
{
    const int error = errno;
    if (!lost_because_.empty()) return lose(std::exchange(lost_because_, {}));
    if (code != MOSQ_ERR_SUCCESS) {
        // an old broker knows no MQTT 5 and hangs up
        if (!status_.connected && (code == MOSQ_ERR_CONN_LOST || code == MOSQ_ERR_PROTOCOL)) other_version_ = true;
        return lose(reason(code, error));
    }
    if (mosquitto_socket(handle_->get) < 0) return lose("the broker closed the connection");
    send_waiting();
    look_at_writing();
}

void Mosquitto::lose(const std::string& why)
{
    stop_watching();
    const bool was = std::exchange(status_.connected, false);
    if (std::exchange(other_version_, false)) status_.protocol = status_.protocol == mqtt_5 ? mqtt_3 : mqtt_5;
    tell(why);
    if (was && changed_) changed_();
    loop_.post([lost = std::weak_ptr<Handle>(handle_), this] {
        if (!lost.expired() && lost_) lost_->set(true);
    });
}

/// The broker's answer. Nothing of the library may be ended in here.
void Mosquitto::accepted(int code)
{
    constexpr int old_unknown_version = 1;  // of MQTT 3
    if (code == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION || (code == old_unknown_version && status_.protocol == mqtt_5)) {
        lost_because_ = "the broker speaks another version of MQTT";
        other_version_ = true;
        return;
    }
    if (code != 0) {
        lost_because_ =
            fmt::format("the broker refuses: {}",
                        status_.protocol == mqtt_5 ? mosquitto_reason_string(code) : mosquitto_connack_string(code));
        return;
    }
    patience_.reset();
    status_.connected = true;
    ++status_.connects;
    status_.problem.clear();
    told_.clear();
    log::info("{}: connected (MQTT {})", text(options_.broker), status_.protocol == mqtt_5 ? "5" : "3.1.1");
    look_after();
    for (auto topic = topics_.begin(); topic != topics_.end(); topic = topics_.upper_bound(topic->first))
        mosquitto_subscribe(handle_->get, nullptr, topic->first.c_str(), 0);
    if (changed_) changed_();
}

/// Pings, and notices when they are not answered.
void Mosquitto::look_after()
{
    looking_after_ = loop_.at(loop_.now() + look_after_every, [this] {
        look_after();
        errno = 0;
        judge(mosquitto_loop_misc(handle_->get));
    });
}

void Mosquitto::refused_topics(int count, const int* granted) const
{
    constexpr int refused = 0x80;
    for (int i = 0; i < count; ++i)
        if (granted[i] >= refused)
            log::warning("{}: the broker does not let us read a topic: {}", text(options_.broker),
                         mosquitto_reason_string(granted[i]));
}

void Mosquitto::received(const mosquitto_message& message)
{
    ++status_.received;
    const auto size = static_cast<std::size_t>(message.payloadlen);
    if (size > options_.longest) {
        if (status_.too_long++ == 0)
            log::warning("{}: a message of {} bytes on {} is not read", text(options_.broker), size, message.topic);
        return;
    }
    const std::string_view payload(static_cast<const char*>(message.payload), size);
    for (const auto& [topic, receive] : topics_) {
        bool fits = false;
        mosquitto_topic_matches_sub(topic.c_str(), message.topic, &fits);
        if (fits) receive({message.topic, payload, message.retain});
    }
}

/// One after the other, as long as the socket takes them: the library's own queue has no bounds.
void Mosquitto::send_waiting()
{
    if (!status_.connected || !handle_ || inside_) return;
    while (!outbox_.empty() && !mosquitto_want_write(handle_->get)) {
        const Outgoing message = outbox_.take();
        const int code =
            mosquitto_publish(handle_->get, nullptr, message.topic.c_str(), static_cast<int>(message.payload.size()),
                              message.payload.data(), message.qos, message.retain);
        ++(code == MOSQ_ERR_SUCCESS ? status_.sent : status_.dropped);
    }
    look_at_writing();
}

/// Each problem once, until the connection stands again.
void Mosquitto::tell(const std::string& problem)
{
    status_.problem = problem;
    if (std::exchange(told_, problem) != problem)
        log::warning(">>> {}: {}; it is tried again", text(options_.broker), problem);
}

}  // namespace

bool available()
{
    return true;
}

std::unique_ptr<Client> make_client(Loop& loop, Options options)
{
    return std::make_unique<Mosquitto>(loop, std::move(options));
}

#endif

}  // namespace bmsd::link::mqtt
