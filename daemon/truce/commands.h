/*
 * The commands: argv[0] is the command's name. Each returns how truce exits.
 */
#ifndef TRUCED_TRUCE_COMMANDS_H
#define TRUCED_TRUCE_COMMANDS_H

int publish_command(int argc, char **argv);
int withdraw_command(int argc, char **argv);
int assess_command(int argc, char **argv);
int link_command(int argc, char **argv);
int tail_command(int argc, char **argv);
int alerts_command(int argc, char **argv);
int ack_command(int argc, char **argv);
int retract_command(int argc, char **argv);
int deadline_command(int argc, char **argv);
int silence_command(int argc, char **argv);
int handover_command(int argc, char **argv);
int explain_command(int argc, char **argv);
int status_command(int argc, char **argv);
int backtest_command(int argc, char **argv);
int test_command(int argc, char **argv);

#endif
