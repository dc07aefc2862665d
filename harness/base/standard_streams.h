// Standard input, output and error of the program, which whoever starts it may have closed, or
// pointed at something that cannot be written.
#pragma once

namespace fwproof {

/// Opens /dev/null in place of each standard stream that is closed: what is opened next would take
/// its number, and be read or written by mistake. Standard output stays unwritable, so that what is
/// printed to it is missed. To be called before anything else; false if there is no /dev/null.
bool open_closed_streams();

}  // namespace fwproof
