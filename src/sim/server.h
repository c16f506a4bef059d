#pragma once
// Simulated BMS on a pseudo terminal: whoever opens its path talks to the device side of the protocols.
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bms/language/protocol.h"
#include "link/serial.h"
#include "util/loop.h"

namespace bmsd::sim {

/// What goes wrong on the line, each as a probability a reply (0..1). Drawn from `seed`.
struct Faults {
    double silent = 0;
    double garbage = 0;
    double bit_error = 0;  // one flipped bit
    double cut = 0;
    bool slow = false;  // bytes come at a tenth of the line's speed
    std::uint64_t seed = 1;
};

class DeviceServer {
  public:
    struct Options {
        std::string link{};        // symbolic link to the pseudo terminal; empty: none
        bool wire_timing = false;  // bytes take their time on the wire
        unsigned baud = 0;         // answer only when the host has set this speed; 0: any
        Faults faults{};
    };

    DeviceServer(Loop& loop, Options options);
    ~DeviceServer();
    DeviceServer(const DeviceServer&) = delete;
    DeviceServer& operator=(const DeviceServer&) = delete;

    void add(std::unique_ptr<bms::Device> device);
    /// What the host opens: the link if there is one, else the pseudo terminal.
    const std::string& path() const { return options_.link.empty() ? path_ : options_.link; }
    void set_faults(const Faults& faults) { options_.faults = faults; }
    /// The adapter is pulled: the host's port reports an error and the path is gone.
    void unplug();
    /// It comes back, under another link name if one is given.
    void plug(std::string link = {});
    std::uint64_t requests() const { return requests_; }

  private:
    void open();
    void on_readable();
    void serve();
    void damage(Bytes& reply);
    void send();
    bool speed_fits() const;
    unsigned speed() const;

    struct Served {
        std::unique_ptr<bms::Device> device;
        Bytes input;
    };

    Loop& loop_;
    Options options_;
    std::vector<Served> devices_;
    std::mt19937_64 random_;
    std::string path_;
    link::Fd master_, slave_;  // the slave stays open here, so that a host may come and go
    Bytes output_;
    std::uint64_t requests_ = 0;
    Instant wire_free_{};  // when the last byte of the reply has passed the wire
    Wait reader_, sender_;
};

}  // namespace bmsd::sim
