#include "run/cli.h"

int main(int argc, char** argv) { return fwproof::run::main_program(argc, argv); }
