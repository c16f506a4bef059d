#pragma once
// Who is on this port? Asks each type in the order of the catalogue, the one remembered first.
// Source: core/lifecycle.md section 4.
#include <memory>
#include <string>
#include <vector>

#include "battery/type_memory.h"
#include "bms/catalogue.h"
#include "link/port.h"

namespace bmsd::battery {

/// A battery that answered.
struct Found {
    const bms::Entry* entry;
    bms::Line line;          // speed and address that worked
    std::string configured;  // its entry of BATTERY_ADDRESSES as written; empty: default address
    std::unique_ptr<bms::Protocol> protocol;
    Reading reading;  // what identify() read
};

/// The types to try on a kind of port: the catalogue filtered by BMS_TYPE; types that are tried only when named are
/// left out unless they are. Names that do not exist are told in the log.
std::vector<const bms::Entry*> candidates(const config::Config& config, bms::Transport transport);

/// An address as a person gives it on the command line, "0x0F" or "15"; nullopt when it is none. (In the configuration
/// addresses are hex throughout: config::address_of.)
std::optional<std::uint8_t> parse_address(std::string_view text);

class Detection {
  public:
    Detection(link::Port& port, LinkQuality& quality, const config::Config& config, TypeMemory& memory)
        : port_(port), channel_(port, quality), config_(config), memory_(memory)
    {
    }
    /// Asks at this speed only, whatever the types' own are.
    void only_at(unsigned baud) { baud_ = baud; }
    /// Everything that answers: one battery at a default address, or those of the configured addresses. Empty: nobody.
    Task<std::vector<Found>> run();
    /// Only `configured`, and only as `entry`; for a battery that is missing on a port that works.
    Task<std::vector<Found>> look_for(const bms::Entry& entry, std::string configured);

  private:
    Task<void> search(std::vector<const bms::Entry*> entries, std::string configured, std::vector<Found>& found);
    Task<bool> round(const std::vector<const bms::Entry*>& entries, const std::string& configured,
                     std::vector<Found>& found);
    Task<bool> try_line(const bms::Entry& entry, bms::Line line, const std::string& configured,
                        std::vector<Found>& found);

    link::Port& port_;
    link::PortChannel channel_;
    const config::Config& config_;
    TypeMemory& memory_;
    unsigned baud_ = 0;   // 0: those of the types
    bool heard_ = false;  // somebody answered something in this round
};

}  // namespace bmsd::battery
