#pragma once
// Recorded dialogues with batteries (the vector files of the tests, what `bmsd report` collects) and the real protocols
// run on them, without any hardware. Source: the specification's vector format; core/transports.md section 0.
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bms/language/advert.h"
#include "config/config.h"
#include "model/can_frame.h"
#include "model/telemetry.h"
#include "replay/radio_channel.h"
#include "util/result.h"

namespace bmsd::replay {

struct FrameExchange {
    std::optional<CanFrame> request;  // absent: sent by itself
    std::vector<CanFrame> response;
};

struct MessageReceived {
    std::string topic, payload;
};

struct Dialogue {
    std::string bms, transport, source;
    unsigned baud = 0;  // 0: the type's own
    std::optional<std::uint8_t> address;
    config::Config config;
    std::vector<std::pair<Bytes, Bytes>> exchanges;        // serial, SPI: request, response
    std::vector<FrameExchange> frames;                     // CAN
    std::vector<MessageReceived> messages;                 // MQTT
    std::vector<GattExchange> gatt;                        // Bluetooth
    std::vector<std::pair<std::string, Bytes>> values;     // of characteristics that are read, by UUID
    std::string mac, name, secret;                         // of the Bluetooth device
    std::optional<bms::ble::Advertisement> advertisement;  // no dialogue, but what is heard before one
    std::optional<std::string> match;                      // the id it must give
    boost::json::object expect;                            // what the reading must show; null = absent
    bool rejects = false;                                  // nothing may be read out of it
};

/// The cases of a file in its order. A case that is none carries the reason and costs only itself.
Result<std::vector<Result<Dialogue>>> read_dialogues(std::string_view text);

/// The connection test and one poll by the protocol the case names; an error says why there is no reading.
Result<Reading> play(const Dialogue& dialogue);

}  // namespace bmsd::replay
