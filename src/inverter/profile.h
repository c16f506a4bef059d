#pragma once
// What each family of inverters expects to hear, as a list of frames in the order they are sent. Source:
// core/can-out.md sections 2 to 4 and 6.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inverter/frame.h"

namespace bmsd::inverter {

struct Profile {
    std::string_view name;
    std::string_view for_whom;  // inverters, as users know them
    std::span<const Frame> frames;
    double least_cvl = 0, most_cvl = 6553.5;  // V; below the first the inverter would keep an older, higher CVL
    double most_current = 3276.7;             // A
    double least_low_voltage = 0, most_low_voltage = 6553.5;  // V
    bool marks_absent = false;                                // its frames have a value for "not known"
    bool silent_is_shutdown = false;  // silence ends in a complete shutdown: kept up as long as the SoC is known
};

std::span<const Profile> profiles();
/// nullptr: there is none of this name.
const Profile* profile(std::string_view name);

/// The values as they may be sent: limits never negative and never above `values`, a SoC of 100 only when full and of 0
/// only when discharging has ended, what is unknown on the safe side. Source: section 6 number 2.
Values prepared(const Profile& profile, Values values);

/// One set in the order of the profile; frames whose values are not known are left out.
std::vector<CanFrame> frames_of(const Profile& profile, const Values& values);

/// What a frame of this profile says, into `values`; false: the profile has no such frame.
bool decode(const Profile& profile, const CanFrame& frame, Values& values);

/// Whether it is what inverters send by themselves: a keepalive, their name, their state.
bool is_of_an_inverter(const CanFrame& frame);

/// "cvl 55.2 V, ccl 100 A": what the frame says by itself; for people.
std::string meaning(const Profile& profile, const CanFrame& frame);

}  // namespace bmsd::inverter
