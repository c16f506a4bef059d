#pragma once
// Any battery that is told by JSON messages of raw values. Pure: who receives the messages hands them in.
// Source: bms/generic_mqtt.md.
#include "bms/language/protocol.h"
#include "util/result.h"

namespace bmsd::bms {

/// For the daemon, which serves it like every other type; it is in no detection.
extern const Entry generic_mqtt;

class GenericMqtt {
  public:
    explicit GenericMqtt(const config::Config& config) : config_(config) {}

    /// A message is taken as a whole, then it is all there is in `reading`, or refused with a reason for people, and
    /// `reading` is as before. The first one taken fixes the number of cells and the serial number.
    Result<void> take(std::string_view message, Reading& reading);
    /// The next message may be another battery's.
    void forget() { cell_count_.reset(), serial_number_.reset(); }

  private:
    const config::Config& config_;
    Count cell_count_;
    Text serial_number_;
};

}  // namespace bmsd::bms
