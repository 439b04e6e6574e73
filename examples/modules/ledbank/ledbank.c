// SPDX-License-Identifier: MIT
/*
 * Driver for banks of lamps, and two banks that are made up: one is right, the other says that it has no lamps.
 *
 * Bug: probe() frees a bank that it refuses, and then prints its number.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define LEDBANK_MAX	32

struct ledbank_data {
	unsigned int lamps;
};

struct ledbank {
	struct device *dev;
	unsigned int number;
	unsigned int lamps;
	u32 lit;
};

static unsigned int banks;

static void ledbank_set(struct ledbank *bank, unsigned int lamp, bool on)
{
	if (lamp >= bank->lamps)
		return;
	if (on)
		bank->lit |= BIT(lamp);
	else
		bank->lit &= ~BIT(lamp);
}

static int ledbank_probe(struct platform_device *pdev)
{
	const struct ledbank_data *data = dev_get_platdata(&pdev->dev);
	struct ledbank *bank;
	unsigned int number;

	if (!data)
		return -ENODEV;
	bank = kzalloc(sizeof(*bank), GFP_KERNEL);
	if (!bank)
		return -ENOMEM;
	bank->dev = &pdev->dev;
	bank->lamps = data->lamps;
	bank->number = number = ++banks;
	if (!bank->lamps || bank->lamps > LEDBANK_MAX) {
		banks--;
		kfree(bank);
#ifdef SEEDED_BUG
		dev_err(&pdev->dev, "bank %u cannot have %u lamps\n", bank->number, data->lamps);
#else
		dev_err(&pdev->dev, "bank %u cannot have %u lamps\n", number, data->lamps);
#endif
		return -EINVAL;
	}
	platform_set_drvdata(pdev, bank);
	for (unsigned int lamp = 0; lamp < bank->lamps; lamp += 2)
		ledbank_set(bank, lamp, true);
	dev_info(&pdev->dev, "bank %u: %u lamps, lit: %#x\n", bank->number, bank->lamps, bank->lit);
	return 0;
}

static void ledbank_remove(struct platform_device *pdev)
{
	struct ledbank *bank = platform_get_drvdata(pdev);

	for (unsigned int lamp = 0; lamp < bank->lamps; lamp++)
		ledbank_set(bank, lamp, false);
	dev_info(&pdev->dev, "bank %u: lit: %#x\n", bank->number, bank->lit);
	kfree(bank);
}

static struct platform_driver ledbank_driver = {
	.probe	= ledbank_probe,
	.remove	= ledbank_remove,
	.driver	= { .name = "ledbank" },
};

static const struct ledbank_data lamps[] = { { .lamps = 7 }, { .lamps = 0 } };
static struct platform_device *devices[ARRAY_SIZE(lamps)];

static void ledbank_unregister(void)
{
	for (int i = 0; i < ARRAY_SIZE(devices); i++)
		platform_device_unregister(devices[i]);
	platform_driver_unregister(&ledbank_driver);
}

static int __init ledbank_init(void)
{
	int error = platform_driver_register(&ledbank_driver);

	if (error)
		return error;
	for (int i = 0; i < ARRAY_SIZE(devices); i++) {
		devices[i] = platform_device_register_data(NULL, "ledbank", i, &lamps[i], sizeof(lamps[i]));
		if (IS_ERR(devices[i])) {
			error = PTR_ERR(devices[i]);
			ledbank_unregister();
			return error;
		}
	}
	if (banks != 1) {
		ledbank_unregister();
		return -ENODEV;
	}
	return 0;
}

static void __exit ledbank_exit(void)
{
	ledbank_unregister();
}

module_init(ledbank_init);
module_exit(ledbank_exit);
MODULE_DESCRIPTION("Banks of lamps");
MODULE_LICENSE("GPL");
