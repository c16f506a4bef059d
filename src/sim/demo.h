#pragma once
// The four batteries of a start without arguments: something to see at once, and every kind of trouble once.
#include <string_view>

namespace bmsd::sim {

/// As port names. Their day lasts an hour, so that the table moves: clouds pass, the sun goes down.
inline constexpr std::string_view demo_ports[]{
    "sim:Jkbms,cells=16,capacity=280,soc=96,day=3600,hour=9,seed=11",                    // nearly full
    "sim:LltJbd,cells=4,capacity=100,soc=94,runaway=3,day=3600,hour=10,seed=12",         // one cell runs ahead
    "sim:Jkbms_pb,cells=16,capacity=100,soc=58,temperature=3,day=3600,hour=11,seed=13",  // cold
    "sim:Daly,cells=8,capacity=200,soc=41,current=-35,day=3600,hour=20,seed=14",         // being discharged
};

}  // namespace bmsd::sim
