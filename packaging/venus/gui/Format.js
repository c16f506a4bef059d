.pragma library

// How values become words. A value that is not there is shown as dashes, never as 0.

var absent = "--"

function present(value) {
    return value !== undefined && value !== null
}

function isNumber(value) {
    return typeof value === "number" && isFinite(value)
}

function number(value, decimals) {
    if (!isNumber(value)) return absent
    const text = value.toFixed(decimals)
    return Number(text) === 0 ? (0).toFixed(decimals) : text // no "-0.00"
}

function quantity(value, decimals, unit) {
    return isNumber(value) && unit !== "" ? number(value, decimals) + " " + unit : number(value, decimals)
}

function signed(value, decimals, unit) {
    const text = quantity(value, decimals, unit)
    return isNumber(value) && !text.startsWith("-") ? "+" + text : text
}

// As few digits as the value needs, at most `decimals`.
function rounded(value, decimals) {
    return String(Number(number(value, decimals)))
}

function inScale(celsius, fahrenheit) {
    return fahrenheit ? celsius * 9 / 5 + 32 : celsius
}

function degrees(fahrenheit) {
    return fahrenheit ? "°F" : "°C"
}

function temperature(celsius, fahrenheit) {
    return isNumber(celsius) ? quantity(inScale(celsius, fahrenheit), 1, degrees(fahrenheit)) : absent
}

function text(value) {
    return present(value) && String(value) !== "" ? String(value) : absent
}

function yesNo(value) {
    if (!present(value)) return absent
    //% "Yes"
    if (isOn(value)) return qsTrId("bmsd_yes")
    //% "No"
    return qsTrId("bmsd_no")
}

// D-Bus and MQTT may bring the same flag as number or as text.
function isOn(value) {
    return String(value) === "1"
}

function isOff(value) {
    return present(value) && !isOn(value)
}

// Several parts of one line; those without a value are left out.
function together(parts) {
    const known = parts.filter(part => part !== absent)
    return known.length > 0 ? known.join(" · ") : absent
}

// The mean of the cells which are there; undefined without any.
function mean(voltages) {
    const cells = voltages.filter(voltage => isNumber(voltage) && voltage !== 0)
    return cells.length > 0 ? cells.reduce((sum, voltage) => sum + voltage, 0) / cells.length : undefined
}

// Two readings are the same when they are shown the same.
function same(a, b, decimals) {
    return isNumber(a) && isNumber(b) && number(a, decimals) === number(b, decimals)
}

function duration(seconds) {
    const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24
    const minutes = Math.floor(seconds / 60) % 60
    if (days > 0) return days + "d " + hours + "h"
    if (hours > 0) return hours + "h " + minutes + "m"
    return minutes > 0 ? minutes + "m " + seconds % 60 + "s" : seconds + "s"
}

// Seconds or a ready text.
function timeToGo(value) {
    if (typeof value === "number") return Number.isInteger(value) && value > 0 ? duration(value) : absent
    return text(value)
}

// Why a current limit is what it is, from the JSON text of /Info/..LimitationDetail; null when it says nothing.
function cause(detail) {
    let parsed = null
    try {
        parsed = JSON.parse(detail)
    } catch (error) {
        return null
    }
    const usable = parsed !== null && typeof parsed.limiter === "string" && isNumber(parsed.limit)
    return usable ? parsed : null
}

// A reading of what the limiter looks at, with its unit.
function reading(limiter, value, fahrenheit) {
    if (!isNumber(value)) return absent
    if (limiter.includes("Voltage")) return rounded(value, 3) + " V"
    if (limiter === "SoC") return rounded(value, 3) + " %"
    return rounded(inScale(value, fahrenheit), 3) + " " + degrees(fahrenheit)
}

function amperes(value) {
    return rounded(value, 1) + " A"
}

// "Cell Voltage 3.421 V: 4 A, between 3.4 V = 12.5 A and 3.425 V = 2.5 A; now 12 A", as `bmsd watch` has it.
function explain(cause, inForce, fahrenheit) {
    if (cause === null) return ""
    const read = value => reading(cause.limiter, value, fahrenheit)
    let words = inWords(cause.limiter)
    if (isNumber(cause.measured)) words += " " + read(cause.measured)
    words += ": " + amperes(cause.limit)
    if ([cause.point_low, cause.point_high, cause.limit_low, cause.limit_high].every(isNumber)) {
        //: two points of a curve: 3.4 V = 12.5 A and 3.425 V = 2.5 A
        //% "between %1 = %2 and %3 = %4"
        words += ", " + qsTrId("bmsd_between").arg(read(cause.point_low)).arg(amperes(cause.limit_low))
            .arg(read(cause.point_high)).arg(amperes(cause.limit_high))
    }
    //: the limit in force while it is on its way to another one
    //% "now %1"
    if (isNumber(inForce) && Math.abs(inForce - cause.limit) >= 0.1) words += "; " + qsTrId("bmsd_now").arg(amperes(inForce))
    return words
}

// The words of the limitation texts and of the charge mode, in the user's language: one that is contained in another comes after it.
function dictionary() {
    return [
        //% "Max Battery Charge Current"
        ["Max Battery Charge Current", qsTrId("bmsd_word_max_charge_current")],
        //% "Max Battery Discharge Current"
        ["Max Battery Discharge Current", qsTrId("bmsd_word_max_discharge_current")],
        //% "Cell Voltage"
        ["Cell Voltage", qsTrId("bmsd_word_cell_voltage")],
        //% "Temp"
        ["Temp", qsTrId("bmsd_word_temp")],
        //% "BMS Settings"
        ["BMS Settings", qsTrId("bmsd_word_bms_settings")],
        //% "Keep always max voltage"
        ["Keep always max voltage", qsTrId("bmsd_word_keep_max_voltage")],
        //% "Error, please check the logs!"
        ["Error, please check the logs!", qsTrId("bmsd_word_see_log")],
        //% "Float Transition"
        ["Float Transition", qsTrId("bmsd_word_float_transition")],
        //% "Cell OVP"
        ["Cell OVP", qsTrId("bmsd_word_cell_ovp")],
        //% "SoC Reset"
        ["SoC Reset", qsTrId("bmsd_word_soc_reset")],
        //% "Balancing"
        ["Balancing", qsTrId("bmsd_word_balancing")],
        //% "Heating"
        ["Heating", qsTrId("bmsd_word_heating")],
        //% "Step Mode"
        ["Step Mode", qsTrId("bmsd_word_step_mode")],
        //% "Linear Mode"
        ["Linear Mode", qsTrId("bmsd_word_linear_mode")]
    ]
}

function inWords(value) {
    return dictionary().reduce((words, [english, own]) => words.split(english).join(own), text(value))
}

// `words`, and what the star means when `value` has one.
function withStar(words, value) {
    if (!text(value).includes("*")) return words
    //% "* held back: more would be right by now, and it rises again once that has lasted"
    return (words !== "" ? words + "\n" : "") + qsTrId("bmsd_star")
}

// The text of /ConnectionInformation, in the user's language.
function connection(information) {
    const lost = /^Lost for: (.*) \| Disconnect in: (.*) \| Threshold: (.*)$/.exec(text(information))
    //% "Lost for %1: the BMS does not answer, or not as it should. Given up in %2 (%3 in all)."
    if (lost) return qsTrId("bmsd_lost").arg(lost[1]).arg(lost[2]).arg(lost[3])
    const errors = /^Connected \((\d+) errors in the last (.*)\)$/.exec(text(information))
    //% "Connected; %1 errors in the last %2"
    if (errors) return qsTrId("bmsd_connected_errors").arg(errors[1]).arg(errors[2])
    //% "Connected"
    return text(information) === "Connected" ? qsTrId("bmsd_connected") : text(information)
}

// What is wrong, a sentence each, from /State, /ErrorCode and /ConnectionInformation.
function trouble(state, error, information) {
    //% "No battery: bmsd does not publish it, or no longer. `bmsd doctor` on the device says why."
    if (!present(state)) return [qsTrId("bmsd_no_battery")]
    const found = []
    if (text(information).startsWith("Lost")) found.push(connection(information))
    //% "Nothing read of this battery yet"
    else if (Number(state) === 0) found.push(qsTrId("bmsd_initialising"))
    //% "The settings in config.ini have errors (#119). `bmsd config check` names them."
    if (Number(error) === 119) found.push(qsTrId("bmsd_error_settings"))
    //% "Many internal errors (#8). The log of bmsd names them."
    else if (Number(error) === 8) found.push(qsTrId("bmsd_error_internal"))
    //% "Error #%1"
    else if (Number(error) > 0) found.push(qsTrId("bmsd_error_n").arg(error))
    return found
}
