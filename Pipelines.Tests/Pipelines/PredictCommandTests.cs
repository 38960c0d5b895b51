using System.Text.Json;
using ConvNets.Data;

namespace ConvNets.Pipelines.Tests.Pipelines;

[TestClass]
public sealed class PredictCommandTests
{
    [TestMethod]
    [DataRow("happy")]
    [DataRow("signs")]
    public async Task ARowWrittenAsPngGivesTheSameScore(string model)
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = model == "happy" ? CourseFiles.Happy(folder) : CourseFiles.Signs(folder);
        string zip = folder.File("model.zip"), png = folder.File("row.png");
        Assert.AreEqual(0, (await ProgramRun.Of("train", model, "--train", train, "--test", test, "--epochs", "1", "--save", zip)).Code);
        ImageDataset images = model == "happy" ? GeneratedData.Happy(32, 16).Test : GeneratedData.Signs(48, 24).Test;
        ImageFile.SavePng(png, images.Image(5), 64, 64);

        (_, JsonElement fromData) = await ProgramRun.WithJson(folder, "predict", zip, "--data", test, "--index", "5");
        (ProgramRun run, JsonElement fromImage) = await ProgramRun.WithJson(folder, "predict", zip, png, png);

        JsonElement[] predictions = [.. fromImage.GetProperty("predictions").EnumerateArray()];
        Assert.HasCount(2, predictions);
        foreach (JsonElement prediction in predictions)
        {
            foreach (string property in new[] { "score", "predicted_label" })
                Assert.AreEqual(fromData.GetProperty("predictions")[0].GetProperty(property).ToString(), prediction.GetProperty(property).ToString());
        }
        Assert.AreEqual(model == "happy" ? 1 : 6, predictions[0].GetProperty("score").GetArrayLength());
        Assert.Contains($"{png}: {predictions[0].GetProperty("predicted_label").GetString()} (", run.Output);
        Assert.DoesNotContain("resized", run.Output);
    }

    [TestMethod]
    public async Task AnotherSizeIsResizedAndSaidInOneLine()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);
        string zip = folder.File("model.zip"), png = folder.File("wide.png");
        Assert.AreEqual(0, (await ProgramRun.Of("train", "signs", "--train", train, "--test", test, "--epochs", "1", "--save", zip)).Code);
        byte[] pixels = [.. Enumerable.Range(0, 40 * 100 * 3).Select(i => (byte)(i / 47))];
        ImageFile.SavePng(png, pixels, 40, 100);
        string data = CourseFiles.Write(folder, "test", new ImageDataset(pixels, 40, 100, 3, [0], ["0", "1", "2", "3", "4", "5"]));

        (ProgramRun image, JsonElement fromImage) = await ProgramRun.WithJson(folder, "predict", zip, png);
        (ProgramRun row, JsonElement fromData) = await ProgramRun.WithJson(folder, "predict", zip, "--data", data, "--index", "0");

        Assert.Contains("40 x 100 pixels, resized to 64 x 64", image.Output);
        Assert.Contains("40 x 100 pixels, resized to 64 x 64", row.Output);
        Assert.AreEqual(fromImage.GetProperty("predictions")[0].GetProperty("score").ToString(), fromData.GetProperty("predictions")[0].GetProperty("score").ToString());
    }

    [TestMethod]
    public async Task WhatCannotBePredictedIsSaid()
    {
        using var folder = new TemporaryFolder();
        (string train, string test) = CourseFiles.Signs(folder);
        string zip = folder.File("model.zip"), text = folder.File("text.png"), half = folder.File("half.png");
        Assert.AreEqual(0, (await ProgramRun.Of("train", "signs", "--train", train, "--test", test, "--epochs", "0", "--save", zip)).Code);
        await File.WriteAllTextAsync(text, "no image");
        ImageFile.SavePng(half, GeneratedData.Signs(6, 6).Test.Image(0), 64, 64);
        await File.WriteAllBytesAsync(half, (await File.ReadAllBytesAsync(half))[..2000]);

        (await ProgramRun.Of("predict", zip, text)).AssertFailed(1, text, "expected");
        (await ProgramRun.Of("predict", zip, half)).AssertFailed(1, half);
        (await ProgramRun.Of("predict", zip, folder.File("absent.png"))).AssertFailed(1, "absent.png");
        (await ProgramRun.Of("predict", zip, "--data", test, "--index", "24")).AssertFailed(1, test, "24");
        (await ProgramRun.Of("predict", zip)).AssertFailed(2, "--data");
        (await ProgramRun.Of("predict", zip, text, "--data", test, "--index", "0")).AssertFailed(2, "--data");
        (await ProgramRun.Of("predict", zip, "--data", test)).AssertFailed(2, "--index");
        (await ProgramRun.Of("predict", zip, "--data", test, "--index", "-1")).AssertFailed(2, "--index");
    }
}
